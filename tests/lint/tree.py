"""The files that the lint tests look at: the project's own, whatever else lies in the folder."""

import pathlib

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
