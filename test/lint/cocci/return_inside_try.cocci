// A return inside PG_TRY leaves the exception stack pointing into a dead frame.
@inside exists@
position p;
@@
  PG_TRY();
  ... when != PG_END_TRY()
  return@p ...;

@script:python@
p << inside.p;
@@
print("%s:%s: return inside PG_TRY" % (p[0].file, p[0].line))
