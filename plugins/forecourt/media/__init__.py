"""Pictures: ``taking`` gets and files them, ``making`` makes of one what the hub serves, in a worker."""
