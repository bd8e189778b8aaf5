"""What views share: making answers, fragments and refusals, and drawing what surrounds a page."""
