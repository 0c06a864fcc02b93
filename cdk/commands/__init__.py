"""What people run: `make synth`, `make deploy`, `make destroy`."""
