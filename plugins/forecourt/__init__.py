"""Forecourt: every linked social account of a retailer on one branded hub site."""


def register() -> None:
    """Pelican calls this to load the plugin."""
    from forecourt.site.hooks import connect  # noqa: PLC0415 - fetching needs neither Pelican nor its 0.4 s

    connect()
