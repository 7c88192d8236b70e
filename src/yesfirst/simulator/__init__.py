"""A Twilio-compatible carrier over real HTTP, to try a service against without texting anybody.

It shares no code with the rest of the package, so that its journal can testify about what the service
really sent. `config.Config` says how it behaves, `server.listening` runs it inside a test and
`server.serve` as a process, `command.command` is its command line, and `testimony.read` adds up a journal.

What it does not do: media, scheduled or cancelled messages, API keys, sub-accounts, prices, and Twilio's
own answer to STOP. Messages are kept in memory: after a restart the journal still knows them, the API does
not.
"""
