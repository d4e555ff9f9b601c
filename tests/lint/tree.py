"""The files that the lint tests look at: the project's own, whatever else lies in the folder; and
lists of what their folders may do."""

import pathlib
import re

FOLDERS = ("cmake", "docs", "examples", "handlers", "include", "src", "tests", "tools", ".ci")
SOURCES = (".cpp", ".hpp", ".c", ".h")


def files(root):
    """Every file of the project, sorted; build trees and hidden files are not the project's."""
    root = pathlib.Path(root)
    found = [path for path in root.iterdir() if path.is_file() and path.name[0] != "."]
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            inside = path.relative_to(root / folder)
            if path.is_file() and not any(
                part[0] == "." or part == "__pycache__" for part in inside.parts
            ):
                found.append(path)
    return sorted(found)


def sources(root):
    return [path for path in files(root) if path.suffix in SOURCES]


def read_list(path):
    """{folder or file: tokens}, with the sets put in place of their names."""
    lines = []
    for line in path.read_text().splitlines():
        if line.strip() == "" or line.startswith("#"):
            continue
        if line[0].isspace():
            lines[-1] += line
        else:
            lines.append(line)
    sets, folders = {"@std": ["@std"]}, {}
    for line in lines:
        name, separator, tokens = re.match(r"(\S+?)\s*([:=])\s*(.*)", line).groups()
        expanded = []
        for token in tokens.split():
            expanded += sets[token] if token.startswith("@") else [token]
        (folders if separator == ":" else sets)[name] = expanded
    return folders


def folder_of(path, folders):
    """The listed folder that holds `path` (relative to the root); the longest name wins."""
    holding = [folder for folder in folders if path.startswith(folder + "/")]
    return max(holding, key=len, default=None)
