"""Names of files made harmless: what a person reads is what it is, and no system takes it for anything else."""

import re
import unicodedata

from clearinghouse.casework.documents.kinds import Kind

LONGEST = 120
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_UNNAMED = "document"


def safe_name(given: str, kind: Kind) -> str:
    """The name under which a file is kept and downloaded: its last part, visible characters, the ending of its kind.

    A name whose ending belongs to another kind gets the right one after it.
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    name = re.split(r"[/\\]", name)[-1]
    # Cc and Cf hide or turn round what stands beside them; Zl, Zp, Cs, Co and Cn are nothing that a name needs.
    name = "".join(
        " " if unicodedata.category(sign) == "Zs" else sign
        for sign in name
        if unicodedata.category(sign)[0] != "C" and unicodedata.category(sign) not in ("Zl", "Zp")
    )
    name = re.sub(r" +", " ", _NOT_IN_NAMES.sub("_", name)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = name, kind.value
    stem = stem[: LONGEST - len(ending) - 1].strip(" .") or _UNNAMED
    return f"{'_' if _DEVICE.match(stem) else ''}{stem}.{ending.lower()}"
