"""Tools that generate committed files, and the hook of the documentation site."""
