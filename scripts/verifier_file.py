"""Writes config/pack/verify.py, the verifier in one file, from the modules it is made of; --check: is it current."""

import argparse
import ast
import io
import tokenize
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "config" / "pack" / "verify.py"
MODULES = (
    "protocol/vocabulary",
    "protocol/verdict",
    "protocol/standing",
    "protocol/facts",
    "protocol/dialogue",
    "protocol/offers",
    "protocol/meetings",
    "protocol/referral",
    "protocol/finding",
    "vault/merkle",
    "vault/heads",
    "vault/leaves",
    "vault/notes",
    "vault/disclosures",
    "vault/jws",
    "vault/envelopes",
    "casework/packs/retelling",
    "casework/packs/contents",
    "casework/packs/witnesses",
    "casework/packs/verifier",
    "casework/packs/checking",
)
"""What the verifier is made of, each after those that it needs."""

_HEAD = '''#!/usr/bin/env python3
"""Verifies a regulator's pack of Clearinghouse, without Clearinghouse: python verify.py PACK

Needs Python 3.11 or later and the package `cryptography`, and nothing else. It reads the pack and sends nothing
anywhere. It writes a file in two cases alone: where it makes a key (--new-key), and where it opens a pack that came
encrypted (--key).
It is made of the program's own modules, in the order in which they stand here, so that what it works out is worked out
by the rules that the program follows. `scripts/verifier_file.py` writes it, and a test sees that it is current.
"""

'''
_FOOT = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


def verifier_file() -> str:
    """The whole file, as the modules stand now. Raises ValueError where two of them use one public name."""
    sources = {name: (ROOT / "clearinghouse" / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    trees = {name: ast.parse(source) for name, source in sources.items()}
    defined = {name: _defined(tree) for name, tree in trees.items()}
    imports, parts = _imports(list(trees.values())), []
    for name, source in sources.items():
        others = set().union(*(names for other, names in defined.items() if other != name))
        clashing = defined[name] & others
        if public := sorted(each for each in clashing if not each.startswith("_")):
            raise ValueError(f"{name} and another module both define {', '.join(public)}")
        renamed = {each: f"_{name.rpartition('/')[2]}{each}" for each in clashing}
        parts.append(
            f"# {'-' * 8} clearinghouse/{name}.py\n\n{_renamed(_inner(source, trees[name]), renamed)}"
        )
    return _HEAD + imports + "\n\n" + "\n\n\n".join(parts) + _FOOT


def _defined(tree: ast.Module) -> set[str]:
    """The names that a module defines at its top."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {
                    each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return names


def _imports(trees: Sequence[ast.Module]) -> str:
    """Every import of something that is not ours, once. Raises ValueError for one under another name."""
    plain, named = set[str](), dict[str, set[str]]()
    for node in (node for tree in trees for node in tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom) and any(each.asname for each in node.names):
            raise ValueError(f"{ast.unparse(node)}: the verifier's modules import nothing under another name")
        if isinstance(node, ast.Import):
            plain |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("clearinghouse"):
            named.setdefault(str(node.module), set()).update(each.name for each in node.names)
    lines = [f"import {each}" for each in sorted(plain)]
    lines += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(named.items())]
    return "\n".join(lines)


def _inner(source: str, tree: ast.Module) -> str:
    """The source without its imports, and with its first sentence as a comment."""
    lines = source.splitlines()
    comment = "\n".join(f"# {line}" for line in str(ast.get_docstring(tree)).splitlines())
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) or node is tree.body[0]:
            lines[node.lineno - 1 : node.end_lineno] = [""] * (int(node.end_lineno or 0) - node.lineno + 1)
    return comment + "\n\n" + "\n".join(lines).strip()


def _renamed(source: str, names: dict[str, str]) -> str:
    """The source with private names of its own that another module uses too."""
    before, tokens = "", []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string in names and before != ".":
            tokens.append((token, names[token.string]))
        elif token.type == tokenize.STRING and any(f"{{{each}" in token.string for each in names):
            raise ValueError("a name that two modules use stands in a string, where it cannot be renamed")
        before = token.string
    lines = source.splitlines()
    for token, name in reversed(tokens):
        row, start = token.start
        lines[row - 1] = lines[row - 1][:start] + name + lines[row - 1][token.end[1] :]
    return "\n".join(lines)


def main() -> int:
    """Write the file, or say whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is current")
    check, text = parser.parse_args().check, verifier_file()
    if not check:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        print("config/pack/verify.py is not what the modules make of it: run python scripts/verifier_file.py")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
