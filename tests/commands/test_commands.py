"""The operator's command: what a newcomer is told, and one line instead of a traceback."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clearinghouse.app import main
from clearinghouse.commands.line import COMMANDS
from clearinghouse.commands.log_lines import log_format
from clearinghouse.vault.providers import create_key_file

SUBJECTS = ("keys", "database", "register", "clock", "cases", "destroyed", "log", "outside", "mail", "disk")
SAMPLE = Path(__file__).parents[1] / "data" / "register_sample.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no other setting."""
    for name in (
        "CLEARINGHOUSE_DATABASE_URL",
        "CLEARINGHOUSE_KEY_FILE",
        "CLEARINGHOUSE_DEMO",
        "CLEARINGHOUSE_SMTP_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def made(home: Path, made_on_sqlite: Path) -> Path:
    """A home in which an installation was made, as `init` makes it."""
    shutil.copytree(made_on_sqlite, home)
    return home


def test_help_names_every_command_with_its_purpose() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clearinghouse", "--help"], capture_output=True, text=True, check=True
    )
    for command in COMMANDS:
        assert f"  {command.words}" in done.stdout
        assert command.purpose in done.stdout


def test_help_loads_neither_flask_nor_gunicorn() -> None:
    """Wrong if every command waited for what only `serve` needs."""
    code = "import sys, clearinghouse.app; print(sorted({'flask', 'gunicorn', 'apscheduler'} & sys.modules.keys()))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_each_command_has_help(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.words.split(), "--help"])  # type: ignore[attr-defined]  # a command
    assert ended.value.code == 0
    assert "usage: clearinghouse" in capsys.readouterr().out


def test_init_makes_an_installation_once_and_says_what_comes_next(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == 0
    first = capsys.readouterr().out
    assert "authority import" in first
    keys = (home / "keys" / "clearinghouse.keys").read_bytes()
    assert main(["init"]) == 0
    assert "already there" in capsys.readouterr().out
    assert (home / "keys" / "clearinghouse.keys").read_bytes() == keys


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (["ledger", "verify"], {}, "run 'clearinghouse init'"),
        (["serve"], {}, "run 'clearinghouse init'"),
        (["clock", "--once"], {}, "run 'clearinghouse init'"),
        (["init"], {"PORT": "many"}, "PORT is 'many'"),
        (["serve", "--workers", "0"], {}, "CLEARINGHOUSE_WORKERS is '0'"),
        (
            ["init"],
            {"CLEARINGHOUSE_DATABASE_URL": "mysql://x"},
            "must start with sqlite:/// or postgresql://",
        ),
        (
            ["init"],
            {"CLEARINGHOUSE_DATABASE_URL": "postgresql://nobody:hidden@127.0.0.1:1/none?connect_timeout=1"},
            "the database does not answer",
        ),
    ],
)
def test_a_problem_is_one_line_on_the_error_output(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    environ: dict[str, str],
    said: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.startswith("clearinghouse: "), "hidden" in err) == ("", 1, True, False)
    assert said in err


def test_keys_that_are_lost_are_not_made_anew_and_those_of_another_installation_are_refused(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / "keys" / "clearinghouse.keys").rename(made / "keys" / "old.keys")
    assert main(["init"]) == 1
    assert "this database was made with one; restore it" in capsys.readouterr().err
    create_key_file(made / "keys" / "clearinghouse.keys")
    assert main(["init"]) == 1
    assert "holds another installation's keys" in capsys.readouterr().err


def test_the_register_is_imported_after_a_dry_run(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["authority", "import", str(SAMPLE), "--dry-run"]) == 0
    assert "Would be created: 25" in capsys.readouterr().out
    assert main(["authority", "import", str(SAMPLE)]) == 0
    assert "Created: 25" in capsys.readouterr().out
    assert main(["authority", "import", str(SAMPLE)]) == 0
    assert "No change" in capsys.readouterr().out


def test_a_file_that_cannot_be_used_is_said_line_by_line(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(SAMPLE.read_bytes().replace(b"2019-04-01", b"2019-04-31"))
    assert main(["authority", "import", str(broken)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("start-date is '2019-04-31'"), err.splitlines()[-1]) == (
        "",
        broken.read_bytes().count(b"2019-04-31"),
        "clearinghouse: nothing was imported",
    )
    assert main(["authority", "import", str(tmp_path / "none.csv")]) == 1
    assert capsys.readouterr().err.endswith("none.csv: No such file or directory\n")


def test_peers_are_imported_all_or_none(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["authority", "import", str(SAMPLE)])
    peers, head = (
        tmp_path / "peers.csv",
        "code,name,kind,role,authority_code\nP1,Jo Bright,officer,Director,KEN\n",
    )
    peers.write_text(head + "P2,Sam Ade,wizard,Director,KEN\n")
    capsys.readouterr()
    assert main(["peer", "import", str(peers)]) == 1
    assert "line 3: " in capsys.readouterr().err
    peers.write_text(head)
    assert main(["peer", "import", str(peers)]) == 0
    assert "Created: 1" in capsys.readouterr().out


def test_signals_are_imported_all_or_none_and_again_without_change(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["authority", "import", str(SAMPLE)])
    signals = tmp_path / "signals.csv"
    head = "authority_code,kind,theme,observed_on,source,direction\nKEN,audit,finance,2026-01-02,lga,worse\n"
    signals.write_text(head + "KEN,audit,finance,2026-01-02,lga,better\n")
    capsys.readouterr()
    assert main(["signals", "import", str(signals)]) == 1
    out, err = capsys.readouterr()
    assert (out, "line 3: the same signal" in err, "nothing was imported" in err) == ("", True, True)
    signals.write_text(head)
    for words, said in ((["--dry-run"], "Would be recorded: 1"), ([], "Recorded: 1"), ([], "No change")):
        assert main(["signals", "import", str(signals), *words]) == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[Wales]", "[usual]\nround_tables_a_year = 0", "not toml"])
def test_settings_of_regions_that_make_no_sense_are_one_line(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "regions.toml").write_text(text)
    monkeypatch.setenv("CLEARINGHOUSE_CONFIG", str(tmp_path / "config"))
    assert main(["ledger", "verify"]) == 1
    err = capsys.readouterr().err
    assert (err.count("\n"), "regions.toml cannot be used" in err) == (1, True)


def test_a_fire_authority_is_added_once(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "authority",
        "add",
        "--code",
        "OXF",
        "--name",
        "Oxtown Fire",
        "--type",
        "fire",
        "--region",
        "South East",
    ]
    assert main(words) == 0
    assert main(words) == 1
    assert "in the register already" in capsys.readouterr().err


def test_only_two_administrators_are_invited_from_the_host(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["user", "invite", "sam@council.example", "Sam Ade"]) == 0
    assert main(["user", "invite", "Bo@council.example", "Bo Lin"]) == 0
    assert main(["user", "invite", "cy@council.example", "Cy Moss"]) == 1
    assert "two administrators already" in capsys.readouterr().err
    assert main(["user", "invite", "sam@council.example", "Sam Ade"]) == 0
    assert "/join/" in capsys.readouterr().out
    assert main(["user", "recover", "nobody@council.example"]) == 1
    assert "no such person" in capsys.readouterr().err


def test_verify_says_what_it_proves_and_names_a_changed_event(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "verify"]) == 0
    out = capsys.readouterr().out
    assert "No fault in 1 event in 1 stream and 1 sealed value" in out
    assert "1 event in no checkpoint" in out
    assert main(["ledger", "checkpoint"]) == 0
    assert main(["ledger", "verify"]) == 0
    assert "does not prove" in capsys.readouterr().out
    database = made / "database" / "clearinghouse.db"
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE ledger_events SET actor = 'clock'")
    connection.close()
    assert main(["ledger", "verify"]) == 1
    assert "installation:made" in capsys.readouterr().out


def test_doctor_says_what_is_wrong_and_how_to_mend_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    assert "To mend it: run 'clearinghouse init'" in capsys.readouterr().out
    main(["init"])
    main(["authority", "import", str(SAMPLE)])
    capsys.readouterr()
    assert main(["doctor"]) == 1
    assert "it has never run" in capsys.readouterr().out
    assert main(["clock", "--once"]) == 0
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", subject] for subject in SUBJECTS]
    (home / "keys" / "clearinghouse.keys").chmod(0o644)
    assert main(["doctor"]) == 1
    assert "chmod 600" in capsys.readouterr().out


def test_doctor_finds_a_mail_server_that_does_not_answer(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLEARINGHOUSE_SMTP_URL", "smtp://user:hidden@127.0.0.1:1")
    monkeypatch.setattr("smtplib.SMTP.connect", _refused)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "the mail server does not answer" in out
    assert "hidden" not in out


def _refused(*_: object) -> None:
    raise ConnectionRefusedError


def test_a_line_of_the_log_says_when_in_utc_and_which_process() -> None:
    """Two hosts, or two halves of the year, could else not be laid side by side."""
    record = logging.LogRecord("clearinghouse", logging.WARNING, "", 0, "said %s", ("so",), None)
    record.created = 1_790_000_000.0
    assert log_format("serve").format(record) == "2026-09-21T14:13:20Z serve: said so"
