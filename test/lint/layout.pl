#!/usr/bin/perl
# layout.pl before | after: what pgindent does around pg_bsd_indent, from stdin to stdout.
use strict;
use warnings;

my $phase = shift @ARGV || '';
local $/ = undef;
my $text = <STDIN>;

if ($phase eq 'before')
{
	$text =~ s!^(\h*)//(.*)$!$1/* $2 */!gm;      # one kind of comment
	$text =~ s!/\* +---!/*---X_X!g;                # comments under dashes keep their layout
	$text =~ s!\n+$!\n!;
}
elsif ($phase eq 'after')
{
	$text =~ s!/\*---X_X!/* ---!g;
	$text =~ s!(\t*\{)\n\n([ \t]+/\*)!$1\n$2!g;   # no blank line between a brace and a comment
	$text =~ s!\n{2,}(#(?:else|elif|endif))!\n\n$1!g;
	$text =~ s!\h+$!!gm;
	$text =~ s!^([A-Za-z_]\S*)[ \t]+\*$!$1 *!gm;  # "char *" above a function's name

	$text =~ s!\btext \* (?=[A-Za-z_])!text *!g;    # not in typedefs.list: format.sh says why

	# A prototype stands on one line with its return type, unlike a function.
	my $ident   = qr/[a-zA-Z_][a-zA-Z_0-9]*/;
	my $comment = qr!/\*.*\*/!;
	$text =~ s!
		(\n$ident[^(\n]*)\n
		(
			$ident\(\n?
			(.*,([ \t]*$comment)?\n)*
			.*\);([ \t]*$comment)?$
		)
		!$1 . (substr($1, -1, 1) eq '*' ? '' : ' ') . $2!gmxe;
}
else
{
	die "usage: layout.pl before|after\n";
}
print $text;
