// Only latches wait: a sleeping process hears neither a signal nor the postmaster's death.
@sleep@
position p;
@@
(
  pg_usleep@p(...)
|
  sleep@p(...)
|
  usleep@p(...)
|
  nanosleep@p(...)
)

@script:python@
p << sleep.p;
@@
print("%s:%s: sleeps; wait for a latch" % (p[0].file, p[0].line))
