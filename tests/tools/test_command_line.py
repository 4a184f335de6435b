"""How commands end."""

import pytest

from lls_hw.errors import LlsError
from lls_hw.tools.command_line import exit_status


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (None, 0, ""),
        (LlsError("Install it with `pip install 'lls-hw[build]'`."), 1,
         "Install it with `pip install 'lls-hw[build]'`.\n"),
        (KeyboardInterrupt(), 130, "Interrupted; all is well.\n"),
    ],
)  # fmt: skip
def test_exit_status(raised, status, said, capsys):
    def job():
        if raised:
            raise raised

    assert exit_status(job, "Interrupted; all is well.") == status
    assert capsys.readouterr().err == said


def test_other_errors_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 // 0)
