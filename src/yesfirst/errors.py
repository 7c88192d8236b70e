"""The one exception that is an answer to the user and not a fault of the program."""


class Refused(Exception):
    """A mistake of the user's, or a state of the machine, that forbids what was asked.

    `code` is stable and meant for tools (`DATABASE_UNREACHABLE`); `message` says what is wrong and where;
    `hint` says what to do. The command line prints them without a traceback and exits with 1. None of the
    three may carry personal data or a secret.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"
