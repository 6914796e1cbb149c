"""What the exercises of 11 have in common: where the page explains what their findings speak of."""

RUNS = "runs-seen"
WAITS = "waits-seen"
CLOCK = "clock-seen"
FAULTS = "faults-seen"
