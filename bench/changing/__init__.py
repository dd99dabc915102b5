"""What bench/mapping_change.py does to a service while its rules change, and how it looks at the outcome."""
