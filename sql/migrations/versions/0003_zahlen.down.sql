do $$
begin
    execute 'revoke all on all tables in schema betrieb, abgleich, kern, katalog, zahl, bericht from zaehlbar_lader, zaehlbar_qualitaet, zaehlbar_controlling';
    execute 'revoke all on all sequences in schema betrieb, kern from zaehlbar_lader';
    execute 'revoke all on schema betrieb, abgleich, kern, katalog, zahl, bericht, veroeffentlichung from zaehlbar_lader, zaehlbar_qualitaet, zaehlbar_controlling';
    execute 'grant usage on schema public to public';
end
$$;
drop view bericht.monatszahlen;
drop view bericht.abdeckung;
drop table zahl.monatszahl;
drop table zahl.zaehlung;
