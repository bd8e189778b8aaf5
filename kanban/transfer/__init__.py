"""Work that comes from other tools or goes to them: read, checked and staged first, then carried over as a whole."""
