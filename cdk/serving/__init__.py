"""The API: function, gateway, canary, and where the bundle lies."""
