#!/usr/bin/env python3
"""Holds the include graph that CMake declares against the real #include lines of src/.

    tools/lint/includes.py [TREE]

Every folder of src/ is a module, and its CMakeLists.txt says `module(NAME DEPENDS a b VENDOR x/ y.h ...)`. The rules:
  - a module includes its own headers and those of the modules it DEPENDS on, not of what these depend on in turn;
  - what is declared is used, and the graph has no cycle;
  - a vendor's header is included only by the one module whose VENDOR names it;
  - pipelines include neither one another nor an adapter (generate may use mysql: it fills it), adapters not one another;
  - every source file is listed in its module's CMakeLists.txt.
Prints one line per offence; exit code 1 if there are any.
"""
import re
import sys
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PIPELINES = {"snapshot", "stream", "relay", "apply", "verify", "generate"}
ADAPTERS = {"mysql", "mongo", "redis", "kafka", "spark", "http"}
EXCEPTIONS = {("generate", "mysql")}

KEYWORDS = {"SOURCES", "DEPENDS", "VENDOR", "PKG", "LIBS", "TESTS", "INTEGRATION"}
TEST_VENDORS = ("gtest/", "gmock/", "rapidcheck", "benchmark/")
# C and POSIX headers; those of C++ have neither a dot nor a slash.
SYSTEM = re.compile(
    r"(sys|netinet|arpa|net|linux)/\w+\.h|(assert|ctype|dirent|errno|fcntl|float|inttypes|limits|locale|math|netdb|poll|pthread|"
    r"pwd|sched|setjmp|signal|stdarg|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd|wchar)\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclass
class Module:
    name: str
    declared: bool = False
    tokens: list = field(default_factory=list)  # every word of the CMakeLists.txt
    lists: dict = field(default_factory=dict)  # keyword -> words


def read_module(folder):
    module = Module(folder.name)
    cmake = folder / "CMakeLists.txt"
    text = re.sub(r"#.*", "", cmake.read_text()) if cmake.exists() else ""
    module.tokens = re.findall(r"[^\s()\"]+", text)
    call = re.search(r"\bmodule\s*\(([^)]*)\)", text)
    words = call.group(1).split() if call else []
    module.declared = bool(words) and words[0] == folder.name
    keyword = None
    for word in words[1:]:
        if word in KEYWORDS:
            keyword = word
        else:
            module.lists.setdefault(keyword, []).append(word)
    return module


def role_offence(module, dependency):
    if (module, dependency) in EXCEPTIONS:
        return None
    if module in PIPELINES and dependency in PIPELINES:
        return "pipelines never include one another"
    if module in PIPELINES | {"refresh"} and dependency in ADAPTERS:
        return "pipelines meet adapters only through ports"
    if module in ADAPTERS and dependency in ADAPTERS:
        return "adapters never include one another"
    return None


def check_graph(modules):
    for module in modules.values():
        where = f"src/{module.name}/CMakeLists.txt"
        if not module.declared:
            yield f"{where}: no module({module.name} ...)"
        for dependency in module.lists.get("DEPENDS", []):
            if dependency not in modules:
                yield f"{where}: DEPENDS {dependency}: there is no such module"
            elif offence := role_offence(module.name, dependency):
                yield f"{where}: DEPENDS {dependency}: {offence}"
        for vendor in module.lists.get("VENDOR", []):
            owners = [m.name for m in modules.values() if vendor in m.lists.get("VENDOR", [])]
            if owners[0] != module.name:
                yield f"{where}: VENDOR {vendor} belongs to {owners[0]}: a vendor's header is included in one folder only"
    try:
        TopologicalSorter({m.name: m.lists.get("DEPENDS", []) for m in modules.values()}).prepare()
    except CycleError as cycle:
        yield "src: the modules depend on one another in a circle: " + " -> ".join(cycle.args[1])


def check_include(src, modules, module, is_test, bracket, target):
    """The offence of one #include line, or None."""
    if bracket == "<":
        if ("." not in target and "/" not in target and target != "rapidcheck") or SYSTEM.fullmatch(target):
            return None
        if is_test and target.startswith(TEST_VENDORS):
            return None
        if target.startswith(tuple(module.lists.get("VENDOR", []))):
            return None
        owner = next((m.name for m in modules.values() if target.startswith(tuple(m.lists.get("VENDOR", [])))), None)
        return f"<{target}>: " + (f"only {owner} may include it" if owner else "no module declares it as VENDOR")
    if is_test and target.startswith("tests/"):
        return None
    if not (src / target).exists():
        return f'"{target}": no such file under src/ (write "module/file.h")'
    other = target.split("/")[0]
    if other != module.name and other not in module.lists.get("DEPENDS", []):
        return f'"{target}": {module.name} does not declare DEPENDS {other}'
    return None


def check_files(src, modules):
    for module in modules.values():
        folder = src / module.name
        tests = set(module.lists.get("TESTS", []) + module.lists.get("INTEGRATION", []))
        used = set()
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".h", ".cc")):
            name = path.relative_to(folder).as_posix()
            is_test = name in tests or path.stem.endswith(("_test", "_testing"))
            if path.suffix == ".cc" and name not in module.tokens:
                yield f"src/{module.name}/{name}: not listed in src/{module.name}/CMakeLists.txt"
            text = path.read_text()
            for match in INCLUDE.finditer(text):
                used.add(match[2].split("/")[0])
                offence = check_include(src, modules, module, is_test, match[1], match[2])
                if offence:
                    line = text.count("\n", 0, match.start(1)) + 1
                    yield f"src/{module.name}/{name}:{line}: {offence}"
        for dependency in module.lists.get("DEPENDS", []):
            if dependency in modules and dependency not in used:
                yield f"src/{module.name}/CMakeLists.txt: DEPENDS {dependency}, but no file includes it"


def offences(tree):
    src = tree / "src"
    folders = sorted(f for f in src.iterdir() if f.is_dir() and any(f.iterdir())) if src.is_dir() else []
    modules = {folder.name: read_module(folder) for folder in folders}
    yield from (f"src/{p.name}: belongs into a module" for p in sorted(src.glob("*.*")))
    yield from check_graph(modules)
    yield from check_files(src, modules)


def main():
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(offences(tree))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
