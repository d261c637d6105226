"""Makes the copy that mutants are made in: what a subject of setup.cfg names, and mutmut's own settings out of it."""

import shutil
import sys
from configparser import ConfigParser
from pathlib import Path

_COPIES = "copies"


def main(root: Path, subject: str) -> None:
    """Copy into the working folder what `[mutants.SUBJECT]` names, and write the rest of it down as `[mutmut]`."""
    setup = ConfigParser(interpolation=None)
    setup.read(root / "setup.cfg", encoding="utf-8")
    wanted = setup[f"mutants.{subject}"]
    for name in wanted[_COPIES].split():
        _copy(root / name, Path(name))
    setup["mutmut"] = {name: value for name, value in wanted.items() if name != _COPIES}
    with Path("setup.cfg").open("w", encoding="utf-8") as file:
        setup.write(file)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
