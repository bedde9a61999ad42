"""People are told of alarms: by mail, by webhook, over MQTT. Nothing here acknowledges one."""
