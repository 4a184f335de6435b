"""Helpers of the command lines: external programs, caches, files, pages, exit statuses."""
