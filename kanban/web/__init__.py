"""What views share: how answers, fragments and refusals are made, and what surrounds a page."""
