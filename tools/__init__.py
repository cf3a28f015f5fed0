"""Programs that make parts of the repository; nothing that runs in a municipality needs them."""
