"""A draft for each form"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

OF = ['workspace_id', 'user_id', 'channel_id', 'retro_id']
DRAFTS = sa.table(
    'retro_drafts', *(sa.column(name) for name in [*OF, 'form', 'saved_at']), sa.column('body', sa.JSON())
)


def upgrade() -> None:
    with op.batch_alter_table('retro_drafts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('form', sa.String(length=20), server_default='', nullable=False))
        batch_op.drop_constraint('pk_retro_drafts', type_='primary')
        batch_op.create_primary_key('pk_retro_drafts', [*OF, 'form'])

    # A draft knew already which form it was of; those of before that did not.
    known = sa.func.coalesce(sa.func.substr(DRAFTS.c.body['form'].as_string(), 1, 20), '')
    op.get_bind().execute(sa.update(DRAFTS).values(form=known))
    with op.batch_alter_table('retro_drafts', schema=None) as batch_op:
        batch_op.alter_column('form', existing_type=sa.String(length=20), existing_nullable=False, server_default=None)


def downgrade() -> None:
    keep_the_newest()
    with op.batch_alter_table('retro_drafts', schema=None) as batch_op:
        batch_op.drop_constraint('pk_retro_drafts', type_='primary')
        batch_op.create_primary_key('pk_retro_drafts', OF)
        batch_op.drop_column('form')


def keep_the_newest() -> None:
    """Leave one draft where there are several, and write into it which form it is of, as it was before."""
    bind = op.get_bind()
    kept = set()
    for row in bind.execute(sa.select(DRAFTS).order_by(DRAFTS.c.saved_at.desc(), DRAFTS.c.form.desc())).all():
        of = tuple(getattr(row, name) for name in OF)
        mine = sa.and_(*(DRAFTS.c[name] == value for name, value in zip(OF, of)), DRAFTS.c.form == row.form)
        if of in kept:
            bind.execute(sa.delete(DRAFTS).where(mine))
        else:
            kept.add(of)
            bind.execute(sa.update(DRAFTS).where(mine).values(body={**row.body, 'form': row.form}))
