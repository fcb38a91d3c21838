// SPI_connect needs its SPI_finish on every way out; begin_x() and x_begin() leave that to their end.
@way_out exists@
position p;
@@
  SPI_connect@p(...)
  ... when != SPI_finish()
  return ...;

@script:python@
p << way_out.p;
@@
name = p[0].current_element
if not (name.startswith("begin_") or name.endswith("_begin")):
    print("%s:%s: SPI_connect without SPI_finish before return" % (p[0].file, p[0].line))

@extended exists@
position p;
@@
  SPI_connect_ext@p(...)
  ... when != SPI_finish()
  return ...;

@script:python@
p << extended.p;
@@
name = p[0].current_element
if not (name.startswith("begin_") or name.endswith("_begin")):
    print("%s:%s: SPI_connect_ext without SPI_finish before return" % (p[0].file, p[0].line))
