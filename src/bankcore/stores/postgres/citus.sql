-- Books on the nodes of a Citus cluster: run it on the coordinator once after schema.sql, while there is no book.
--
-- All rows of a book have its id as the first column of every key and stand together on one node, so each
-- statement goes to one node, and a commit is a transaction of that node alone.  The names of the books are on
-- every node.  Several books are needed to use several nodes: a book stays one writer.

SELECT create_reference_table('bankcore_version');
SELECT create_reference_table('book');
SELECT create_distributed_table('head', 'book_id');
SELECT create_distributed_table('"transaction"', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('account', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('posting', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('hold', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('resolution', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('pending_posting', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('record', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('link', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('member', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('personal', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('balance', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('live_hold', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('record_head', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('consumer', 'book_id', colocate_with => 'head');
SELECT create_distributed_table('seal_page', 'book_id', colocate_with => 'head');
