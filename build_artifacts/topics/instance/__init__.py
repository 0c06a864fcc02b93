"""The quarterly run on its own machine in AWS: from a start without anybody watching to the group's capacity of 0.

`start.sh` and `leadgen-topics.service` bring a bare instance to `python -m build_artifacts.topics.instance`, which
prepares the database, runs `leadgen topics` and decides what becomes of the instance.
"""
