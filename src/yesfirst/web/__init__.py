"""Who asks over HTTP: webhooks, the API, the public log, health and metrics, in controllers of ten lines."""
