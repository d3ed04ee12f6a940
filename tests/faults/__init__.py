"""What goes wrong on purpose: a server with a protection taken away, a writer's own ledger, a disk that loses power."""
