"""What is allowed: law and words as PURE functions and tables, which are given `now` and never ask for it."""
