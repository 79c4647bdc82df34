-- Once, as a superuser: psql -v password=GATEWAY_PASSWORD -f roles.sql
CREATE ROLE gateway LOGIN PASSWORD :'password';
CREATE DATABASE gateway OWNER gateway ENCODING 'UTF8' TEMPLATE template0;

-- The gateways end the write-ahead log every few minutes, since it holds what has been deleted, with its time.
GRANT pg_checkpoint TO gateway;
\connect gateway
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO gateway;
