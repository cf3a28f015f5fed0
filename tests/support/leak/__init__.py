"""Parts of the leak test: what is planted (people, inbox), what is written (sinks), the search for one in the other."""
