drop schema veroeffentlichung cascade;
drop schema bericht cascade;
drop schema zahl cascade;
drop schema katalog cascade;
drop schema kern cascade;
drop schema abgleich cascade;
drop schema betrieb cascade;
-- The roles stay: other databases of this server may use them, and a role without grants opens nothing.
