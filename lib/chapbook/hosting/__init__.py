"""Bringing a site to a host: what is packed for it, its .htaccess, and what came there."""
