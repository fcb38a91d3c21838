// '%s' in a text that is built is a value inside SQL: values are parameters.
@quoted@
constant char[] text =~ "'%s'";
identifier build =~ "^(psprintf|appendStringInfo|snprintf|pg_snprintf)$";
position p;
@@
  build@p(..., text, ...)

@script:python@
p << quoted.p;
@@
print("%s:%s: '%%s' in built text; pass the value as a parameter" % (p[0].file, p[0].line))
