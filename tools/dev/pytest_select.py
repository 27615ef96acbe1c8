"""A pytest plugin: SYNCLINE_TEST_REGEX selects tests as `ctest -R` does, by a regular expression (pytest's own -k is none)."""
import os
import re


def pytest_collection_modifyitems(config, items):
    regex = os.environ.get("SYNCLINE_TEST_REGEX")
    if regex:
        unwanted = [item for item in items if not re.search(regex, item.nodeid)]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
