#!/usr/bin/env python3
"""Prints the licences of every crate that the shipped programs are built from, each text once, as Markdown.

Reads `cargo metadata` and the sources that Cargo has fetched; asks no network. Crates that are built only for other
systems or other features may be among them: one too many harms nobody. Fails where a crate names no licence.
"""
import json
import pathlib
import subprocess
import sys

SHIPPED = {"certifikatguide", "cli", "portal"}
NAMES = ("licen", "copying", "notice", "unlicense", "copyright", "ofl", "ufl")


def shipped_packages(target):
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--offline", f"--filter-platform={target}"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {
        node["id"]: [need["pkg"] for need in node["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    members = set(metadata["workspace_members"])
    waiting = [member for member in members if packages[member]["name"] in SHIPPED]
    found = set()
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting.extend(needs[package])
    return sorted((packages[package] for package in found - members), key=lambda one: (one["name"], one["version"]))


def licence_texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        licence = any(part.lower().startswith(NAMES) for part in inside)
        if licence and path.is_file() and path.suffix.lower() not in (".rs", ".py", ".toml", ".json", ".png", ".html"):
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def main():
    packages = shipped_packages(sys.argv[1])
    texts = {}
    print("# Licences of the crates in Certifikatguide\n")
    for package in packages:
        name = f"{package['name']} {package['version']}"
        licence = package["license"] or package["license_file"]
        if not licence:
            sys.exit(f"{name} names no licence")
        print(f"- {name}: {licence}")
        for text in licence_texts(package):
            texts.setdefault("\n".join(line.rstrip() for line in text.splitlines()), []).append(name)
    for text, names in texts.items():
        print("\n## " + ", ".join(dict.fromkeys(names)) + "\n\n```\n" + text + "\n```")


if __name__ == "__main__":
    main()
