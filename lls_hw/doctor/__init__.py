"""What is installed for each purpose, and the commands that install the rest."""
