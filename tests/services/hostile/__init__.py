"""Clients that mean harm, or do not know what they do: what they send, how they leave, and who must not notice."""
