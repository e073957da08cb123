"""What makes committed files, and the documentation site."""
