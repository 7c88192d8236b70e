"""What happens: one file per use case, which owns its transactions; web, processes and commands call them alike."""
