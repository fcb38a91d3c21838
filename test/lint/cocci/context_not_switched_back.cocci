// A memory context that is switched to must be left again on every way out of the function.
@way_out exists@
expression context;
local idexpression previous;
position p;
@@
  previous = MemoryContextSwitchTo@p(context)
  ... when != MemoryContextSwitchTo(previous)
  return ...;

@script:python@
p << way_out.p;
@@
print("%s:%s: memory context not switched back before return" % (p[0].file, p[0].line))

@declared exists@
expression context;
identifier previous;
typedef MemoryContext;
position p;
@@
  MemoryContext previous = MemoryContextSwitchTo@p(context);
  ... when != MemoryContextSwitchTo(previous)
  return ...;

@script:python@
p << declared.p;
@@
print("%s:%s: memory context not switched back before return" % (p[0].file, p[0].line))

// Functions without return: the way back is missing altogether.
@forgotten@
expression context;
identifier f, previous;
position p;
@@
  f(...)
  {
    ... when != MemoryContextSwitchTo(previous)
        when any
    previous = MemoryContextSwitchTo@p(context);
    ... when != MemoryContextSwitchTo(previous)
  }

@script:python@
p << forgotten.p;
@@
print("%s:%s: memory context never switched back" % (p[0].file, p[0].line))
