#!/usr/bin/env python3
"""Every rule of the lint, broken once in a small tree: a rule that cannot fail is a defect."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import includes  # noqa: E402
import promises  # noqa: E402
import tidy  # noqa: E402

GOOD = {
    "src/base/CMakeLists.txt": "module(base SOURCES text.cc VENDOR fmt/)",
    "src/base/text.h": "#pragma once\n#include <string>\n#include <unistd.h>\n",
    "src/base/text.cc": '#include "base/text.h"\n#include <fmt/core.h>\n',
    "src/ports/CMakeLists.txt": "module(ports DEPENDS base)",
    "src/ports/target.h": '#pragma once\n#include "base/text.h"\n',
    "src/mysql/CMakeLists.txt": "module(mysql DEPENDS ports VENDOR mysql/ TESTS client_test.cc)",
    "src/mysql/client.h": '#pragma once\n#include <mysql/mysql.h>\n#include "ports/target.h"\n',
    "src/mysql/client_test.cc": '#include <gtest/gtest.h>\n#include "mysql/client.h"\n',
}


class Lint(unittest.TestCase):
    def offences(self, changes, rules):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (GOOD | changes).items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return "\n".join(rules.offences(Path(folder)))

    def refuses(self, rules, changes, words):
        self.assertIn(words, self.offences(changes, rules))

    def test_a_good_tree_passes(self):
        self.assertEqual(self.offences({}, includes), "")
        self.assertEqual(self.offences({}, tidy), "")

    def test_an_undeclared_module_is_found_though_it_is_a_dependency_of_a_dependency(self):
        self.refuses(includes, {"src/mysql/client.h": '#include "ports/target.h"\n#include "base/text.h"\n'},
                     'client.h:2: "base/text.h": mysql does not declare DEPENDS base')

    def test_a_vendor_header_has_one_owner(self):
        self.refuses(includes, {"src/ports/target.h": '#include "base/text.h"\n#include <mysql/mysql.h>\n'},
                     "<mysql/mysql.h>: only mysql may include it")
        self.refuses(includes, {"src/ports/CMakeLists.txt": "module(ports DEPENDS base VENDOR mysql/)"}, "belongs to mysql")
        self.refuses(includes, {"src/ports/target.h": '#include "base/text.h"\n#include <zlib.h>\n'}, "no module declares it")

    def test_test_vendors_stay_in_tests(self):
        self.refuses(includes, {"src/base/text.cc": "#include <gtest/gtest.h>\n"}, "<gtest/gtest.h>")

    def test_a_circle_is_found(self):
        self.refuses(includes, {"src/base/CMakeLists.txt": "module(base SOURCES text.cc VENDOR fmt/ DEPENDS ports)"}, "in a circle")

    def test_roles_are_kept_apart(self):
        for name, dependency, words in (("verify", "snapshot", "pipelines never"), ("stream", "mysql", "only through ports"),
                                        ("mongo", "mysql", "adapters never")):
            self.refuses(includes, {f"src/{name}/CMakeLists.txt": f"module({name} DEPENDS {dependency})",
                                    f"src/{dependency}/CMakeLists.txt": f"module({dependency})"}, words)
        self.assertNotIn("only through", self.offences(
            {"src/generate/CMakeLists.txt": "module(generate DEPENDS mysql)"}, includes))

    def test_what_is_declared_is_used_and_what_exists_is_listed(self):
        self.refuses(includes, {"src/ports/target.h": "#pragma once\n"}, "DEPENDS base, but no file includes it")
        self.refuses(includes, {"src/ports/CMakeLists.txt": "module(ports DEPENDS base nothing)"}, "there is no such module")
        self.refuses(includes, {"src/base/extra.cc": ""}, "src/base/extra.cc: not listed")
        self.refuses(includes, {"src/lone/lone.h": ""}, "src/lone/CMakeLists.txt: no module(lone")
        self.refuses(includes, {"src/base/text.h": '#include "text.cc"\n'}, "no such file under src/")

    def test_tidiness(self):
        for name, text, words in (("src/base/text.h", "int x;\n", "no #pragma once"),
                                  ("src/base/text.h", "#pragma once\n" * 251, "251 lines"),
                                  ("src/base/text.cc", "\n" * 601, "601 lines"),
                                  ("src/base/text.cc", "/" * 101, "101 columns"),
                                  ("src/base/text.cc", "\tint x;", "a tab"),
                                  ("src/base/text.cc", "int x; ", "blanks"),
                                  ("src/base/text.cc", "// TO" + "DO: more", "do it now"),
                                  ("docs/a.md", "see /ho" + "me/me/notes", "one machine")):
            self.refuses(tidy, {name: text}, words)

    def test_a_promise_without_its_test_is_found(self):
        page = {"docs/invariants.md": "## Tests\n`Text.Splits` `Text.Joins` `test_all.py::test_one` `test_all.py::test_two`\n",
                "src/base/text_test.cc": "TEST(Text, Splits) {}\n", "tests/test_all.py": "def test_one():\n"}
        self.assertEqual(self.offences(page, promises), "docs/invariants.md: there is no test Text.Joins\n"
                                                        "docs/invariants.md: there is no test test_all.py::test_two")


if __name__ == "__main__":
    unittest.main()
