#!/bin/sh
echo
echo "Content-type: text/plain"
echo
echo "sh: $REQUEST_METHOD $QUERY_STRING $SCRIPT_NAME [$PATH_INFO] $GATEWAY_INTERFACE $#"
