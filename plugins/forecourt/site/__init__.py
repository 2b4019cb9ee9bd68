"""The Pelican side: from the store and the editors' Markdown to the files of the site."""
