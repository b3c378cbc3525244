"""What keeps it running: what is checked before a start, the processes, and what they tell of themselves.

checks · startup                  what must be right before anything starts
processes                         a small supervisor
logs · request_ids · telemetry    what happened, with the ids of what it is about
metrics · health                  what Prometheus and a load balancer ask
"""
