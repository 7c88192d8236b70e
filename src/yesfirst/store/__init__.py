"""What is remembered: tables and named, set-based queries; nothing else imports SQLAlchemy."""
