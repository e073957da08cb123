"""Write the generated parts of the documentation; `make pages` runs it.

    docs/settings.md      whole: keys, types and defaults from the models, text from
                          `config/reference.toml`, which a test compares with them
    docs/invariants.md    the lists of the tests that cite each rule

Tests fail if a page differs from the output of this module.
"""

from tools import invariants, settings_page


def main() -> None:
    """Write both pages."""
    settings_page.PAGE.write_text(settings_page.text(), "utf-8")
    page = invariants.PAGE
    page.write_text(invariants.with_tests(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
