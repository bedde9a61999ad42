"""Who else reads a monitored plant: Prometheus, MQTT, OPC UA. Each only reads what is recorded.

`docs/reference/neighbours.md` writes down every metric, topic and node.
"""
