"""Charts as plain coordinates for the templates that write them as SVG; no colours, no words, no database."""
