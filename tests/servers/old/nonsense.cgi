#!/bin/sh
echo "<p>No headers at all"
