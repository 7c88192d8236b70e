"""The command line, `yesfirst`: one file per noun, imported when one of its commands is asked for.

Every command takes `--json` and `--debug` (see `command.py`) and ends with 0 for success, 1 for refused, 2 for
bad usage, 130 when interrupted. A phone number is never an argument: it comes from a prompt or standard input.
"""

from yesfirst.cli.command import Entrance

main = Entrance(
    {
        "brand": ("yesfirst.cli.brand:brand", "Brands, their senders, purposes and notices."),
        "campaign": ("yesfirst.cli.campaign:campaign", "Check, plan, approve and run campaigns."),
        "consent": ("yesfirst.cli.consent:consent", "Whether a person may be texted, explained."),
        "demo": ("yesfirst.cli.demo:demo", "Watch a campaign go out to invented people, on this machine."),
        "dispatcher": ("yesfirst.cli.parts:dispatcher", "Run the part that sends."),
        "doctor": ("yesfirst.cli.doctor:doctor", "Check this installation and say what to do."),
        "evidence": (
            "yesfirst.cli.evidence:evidence",
            "Export, verify and find the proof behind each message.",
        ),
        "form": ("yesfirst.cli.form:form", "Ways to sign up: pages, keywords and posters."),
        "key": ("yesfirst.cli.key:key", "Keys with which programs use the API."),
        "keys": ("yesfirst.cli.keys:keys", "The keys that live outside the database."),
        "list": ("yesfirst.cli.lists:named_lists", "Lists of people that campaigns include or exclude."),
        "log": ("yesfirst.cli.keys:log", "The evidence log."),
        "migrate": ("yesfirst.cli.migrate:migrate", "Bring the database to the newest schema."),
        "notice": ("yesfirst.cli.notice:notice", "The wordings that people agree to."),
        "people": ("yesfirst.cli.people:people", "People, their consents and withdrawals."),
        "registry": ("yesfirst.cli.registry:registry", "Do-not-contact registries and their answers."),
        "review": ("yesfirst.cli.review:review", "What people wrote that one of us has to read."),
        "rulebook": ("yesfirst.cli.rulebook:rulebook", "The rules of each jurisdiction."),
        "sequencer": ("yesfirst.cli.parts:sequencer", "Run the part that seals the evidence log."),
        "serve": ("yesfirst.cli.parts:serve", "Run the web server."),
        "simulator": ("yesfirst.simulator.command:command", "Simulate a Twilio-compatible carrier."),
        "up": ("yesfirst.cli.up:up", "Run web server, dispatcher and sequencer together."),
    },
    name="yesfirst",
    help="Text only people who said yes, and prove it for every message.",
)
