"""report.html: resources, timing, floorplan and networks of a build in one self-contained file."""
