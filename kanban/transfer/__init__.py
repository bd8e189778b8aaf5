"""Work that comes from other tools or goes to them: first read, checked and staged, then imported as a whole."""
